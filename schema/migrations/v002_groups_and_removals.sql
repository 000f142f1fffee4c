-- The catalogue of a store, version 2. FORMAT.md says what each table means.
--
-- Rows can go: `removals` marks them dead, a purge forgets them. Columns can come later to the rows of a capture: each set of
-- them is a group with chunks of its own. The tables that say so are made anew, as SQLite changes no table's text exactly.

CREATE TEMP TABLE v1_captures AS SELECT * FROM captures;
CREATE TEMP TABLE v1_columns AS SELECT * FROM columns;
CREATE TEMP TABLE v1_sites AS SELECT * FROM sites;
CREATE TEMP TABLE v1_chunks AS SELECT * FROM chunks;
CREATE TEMP TABLE v1_chunk_prompts AS SELECT * FROM chunk_prompts;
DROP TABLE chunk_prompts;
DROP TABLE chunks;
DROP TABLE sites;
DROP TABLE columns;
DROP TABLE captures;

CREATE TABLE captures (
    id INTEGER PRIMARY KEY,
    model INTEGER NOT NULL REFERENCES models (id),
    dataset INTEGER NOT NULL REFERENCES datasets (id),
    prompts_digest TEXT NOT NULL,
    prompt_count INTEGER NOT NULL,
    row_count INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    digest INTEGER NOT NULL
) STRICT;

-- ordinal 0 comes with the capture; the others are columns that were added to its rows later.
CREATE TABLE column_groups (
    id INTEGER PRIMARY KEY,
    capture INTEGER NOT NULL REFERENCES captures (id),
    ordinal INTEGER NOT NULL,
    spec_digest TEXT NOT NULL,
    chunk_bytes INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    digest INTEGER NOT NULL
) STRICT;

CREATE TABLE columns (
    id INTEGER PRIMARY KEY,
    column_group INTEGER NOT NULL REFERENCES column_groups (id),
    ordinal INTEGER NOT NULL,
    name TEXT NOT NULL,
    element_type TEXT NOT NULL,
    width INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    digest INTEGER NOT NULL
) STRICT;

-- Sites that need more than a column says: kind 'sae' (size = latents, top_k, source = the site read) or
-- 'lora' (size = rank, scale, norms = ||B column|| per rank as f64, little-endian).
CREATE TABLE sites (
    id INTEGER PRIMARY KEY,
    column_group INTEGER NOT NULL REFERENCES column_groups (id),
    ordinal INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('sae', 'lora')),
    name TEXT NOT NULL,
    size INTEGER NOT NULL,
    top_k INTEGER NOT NULL,
    source TEXT NOT NULL,
    weights_digest TEXT NOT NULL,
    scale REAL NOT NULL,
    norms BLOB NOT NULL,
    generation INTEGER NOT NULL,
    digest INTEGER NOT NULL
) STRICT;

-- file = XXH3-128 of the chunk file's bytes. Keys and rows are unique among the living chunks of a group only.
CREATE TABLE chunks (
    id INTEGER PRIMARY KEY,
    column_group INTEGER NOT NULL REFERENCES column_groups (id),
    key TEXT NOT NULL,
    file TEXT NOT NULL,
    first_row INTEGER NOT NULL,
    row_count INTEGER NOT NULL,
    first_prompt INTEGER NOT NULL,
    prompt_count INTEGER NOT NULL,
    stored_bytes INTEGER NOT NULL,
    raw_bytes INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    digest INTEGER NOT NULL
) STRICT;

-- The prompts of a chunk of group 0 in capture order: u32 little-endian ordinals within the dataset, and tokens of each.
CREATE TABLE chunk_prompts (
    id INTEGER PRIMARY KEY REFERENCES chunks (id),
    ordinals BLOB NOT NULL,
    token_counts BLOB NOT NULL,
    generation INTEGER NOT NULL,
    digest INTEGER NOT NULL
) STRICT;

-- What is dead since that generation: a capture, a group or a chunk, with all that belongs to it.
CREATE TABLE removals (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('capture', 'group', 'chunk')),
    target INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    digest INTEGER NOT NULL
) STRICT;

-- Digests of 0 are computed by the program, in the same transaction.
INSERT INTO captures
    SELECT id, model, dataset, prompts_digest, prompt_count, row_count, generation, 0 FROM v1_captures;
INSERT INTO column_groups SELECT id, id, 0, spec_digest, chunk_bytes, generation, 0 FROM v1_captures;
INSERT INTO columns SELECT id, capture, ordinal, name, element_type, width, generation, 0 FROM v1_columns;
INSERT INTO sites
    SELECT id, capture, ordinal, kind, name, size, top_k, source, weights_digest, scale, norms, generation, 0
    FROM v1_sites;
INSERT INTO chunks
    SELECT id, capture, key, file, first_row, row_count, first_prompt, prompt_count, stored_bytes, raw_bytes, generation, 0
    FROM v1_chunks;
INSERT INTO chunk_prompts SELECT * FROM v1_chunk_prompts;

DROP TABLE v1_captures;
DROP TABLE v1_columns;
DROP TABLE v1_sites;
DROP TABLE v1_chunks;
DROP TABLE v1_chunk_prompts;
