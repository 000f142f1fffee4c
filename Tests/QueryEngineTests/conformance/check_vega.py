"""Validates the Vega-Lite files that `export` writes against Vega-Lite's own JSON schema, as the package altair carries it.

    pip install "altair<6"
    python check_vega.py VARVE STORE      # the program, and the demo's store (`varve demo DIR` makes it: DIR/organism.varve)

Every kind of chart, with and without bands, with one series and many, with missing numbers and with titles that hold quotes and marks.
"""
import json, pathlib, subprocess, sys, tempfile
import altair, jsonschema

NORM = 'capture("base", "general").resid_post | norm'
BOTH = 'capture(["base", "narrow"], "general").resid_post | norm'
CHARTS = {
    "a line": NORM + " | mean | plot(x=layer)",
    "lines with bands": BOTH + " | summary | plot(x=layer, color=model)",
    "a line with a hostile title": NORM + r' | mean | plot(x=layer, title="a \"b\" </script> \\ <&>")',
    "bars": NORM + " | mean | bar",
    "bars with whiskers": NORM + " | bootstrap(50) | ci(0.9) | bar",
    "bars of a label": BOTH + "[layer=1] | mean(by=topic) | bar",
    "a histogram": NORM + " | hist(12)",
    "cells": BOTH + " | mean | heatmap(x=layer, y=model)",
    "cells of both signs": "(" + NORM + " | mean(by=topic)) - (" + NORM + " | mean) | heatmap(x=layer, y=topic)",
    "points": 'capture("base", "general").resid_post[layer=1, token=-1] | pca(2) | scatter',
    "points of two values": NORM + '[layer=1] | mean(token) | scatter((' + NORM + '[layer=2] | mean(token)))',
    "what suits the value": NORM + " | summary",
    "missing numbers": "((" + NORM + " | mean) - (" + NORM + " | mean)) / ((" + NORM + " | mean) - (" + NORM + " | mean)) | plot(x=layer)",
    "dark": NORM + " | mean | plot(x=layer)",
}


def main(program, store):
    schema = json.loads(pathlib.Path(altair.__file__).with_name("vegalite").joinpath("v5/schema/vega-lite-schema.json").read_text())
    check = jsonschema.Draft7Validator(schema)
    bad = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, query in CHARTS.items():
            theme = ', theme="dark"' if name == "dark" else ""
            run = subprocess.run(
                [program, "query", str(pathlib.Path(store).resolve()), f'{query} | export("x.vl.json"{theme})', "--force"], cwd=folder,
                capture_output=True, text=True)
            if run.returncode:
                print(f"{name}: {run.stderr.strip()}")
                bad += 1
                continue
            spec = json.loads(pathlib.Path(folder, "x.vl.json").read_text(encoding="utf-8"), parse_constant=lambda text: sys.exit(f"{name}: {text}"))
            faults = sorted(check.iter_errors(spec), key=jsonschema.exceptions.relevance)
            for fault in faults:
                best = jsonschema.exceptions.best_match([fault])
                print(f"{name}: {'/'.join(map(str, best.absolute_path))}: {best.message[:300]}")
            bad += bool(faults)
    # A schema that lets everything through would prove nothing.
    assert list(check.iter_errors({"mark": "lines", "data": {"values": []}, "encoding": {}}))
    print(f"{len(CHARTS) - bad} of {len(CHARTS)} are Vega-Lite {schema.get('$ref', '') and altair.SCHEMA_VERSION}")
    return bad


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(1 if main(sys.argv[1], sys.argv[2]) else 0)
