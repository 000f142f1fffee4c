-- The catalogue of a store, version 1. FORMAT.md says what each table means.
--
-- Rows are only ever added. Every row but those of `commits` carries the generation (the commit) that added it, and every row
-- a digest of its table's name and all its other columns in the order written here.

CREATE TABLE store (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    uuid TEXT NOT NULL,
    generation INTEGER NOT NULL,
    digest INTEGER NOT NULL
) STRICT;

CREATE TABLE commits (
    generation INTEGER PRIMARY KEY,
    parent_root TEXT NOT NULL,
    root TEXT NOT NULL,
    counts TEXT NOT NULL,
    rows_digest INTEGER NOT NULL,
    what TEXT NOT NULL,
    committed_at INTEGER NOT NULL,
    digest INTEGER NOT NULL
) STRICT;

CREATE TABLE tokenizers (
    id INTEGER PRIMARY KEY,
    tokenizer_digest TEXT NOT NULL,
    pieces BLOB NOT NULL,
    generation INTEGER NOT NULL,
    digest INTEGER NOT NULL
) STRICT;

CREATE TABLE models (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    architecture TEXT NOT NULL,
    layer_count INTEGER NOT NULL,
    hidden_size INTEGER NOT NULL,
    model_digest TEXT NOT NULL,
    adapter_digest TEXT,
    tokenizer INTEGER NOT NULL REFERENCES tokenizers (id),
    generation INTEGER NOT NULL,
    digest INTEGER NOT NULL
) STRICT;

CREATE TABLE datasets (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    generation INTEGER NOT NULL,
    digest INTEGER NOT NULL
) STRICT;

-- A metadata column may be seen again with a wider type by a later commit: all its rows count together.
CREATE TABLE dataset_columns (
    id INTEGER PRIMARY KEY,
    dataset INTEGER NOT NULL REFERENCES datasets (id),
    name TEXT NOT NULL,
    type TEXT NOT NULL CHECK (type IN ('string', 'int', 'double', 'bool')),
    generation INTEGER NOT NULL,
    digest INTEGER NOT NULL
) STRICT;

-- id = dataset * 2^32 + ordinal of the prompt within its dataset, from 0 without a gap.
CREATE TABLE prompts (
    id INTEGER PRIMARY KEY,
    dataset INTEGER NOT NULL REFERENCES datasets (id),
    key TEXT NOT NULL,
    source TEXT NOT NULL,
    metadata TEXT NOT NULL,
    generation INTEGER NOT NULL,
    digest INTEGER NOT NULL
) STRICT;

CREATE TABLE captures (
    id INTEGER PRIMARY KEY,
    model INTEGER NOT NULL REFERENCES models (id),
    dataset INTEGER NOT NULL REFERENCES datasets (id),
    spec_digest TEXT NOT NULL,
    prompts_digest TEXT NOT NULL,
    prompt_count INTEGER NOT NULL,
    row_count INTEGER NOT NULL,
    chunk_bytes INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    digest INTEGER NOT NULL
) STRICT;

CREATE TABLE columns (
    id INTEGER PRIMARY KEY,
    capture INTEGER NOT NULL REFERENCES captures (id),
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
    capture INTEGER NOT NULL REFERENCES captures (id),
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

-- file = XXH3-128 of the chunk file's bytes; new_prompts = prompts that this chunk added to its dataset.
CREATE TABLE chunks (
    id INTEGER PRIMARY KEY,
    capture INTEGER NOT NULL REFERENCES captures (id),
    key TEXT NOT NULL UNIQUE,
    file TEXT NOT NULL,
    first_row INTEGER NOT NULL,
    row_count INTEGER NOT NULL,
    first_prompt INTEGER NOT NULL,
    prompt_count INTEGER NOT NULL,
    new_prompts INTEGER NOT NULL,
    stored_bytes INTEGER NOT NULL,
    raw_bytes INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    digest INTEGER NOT NULL
) STRICT;

-- The prompts of a chunk in capture order: u32 little-endian ordinals within the dataset, and tokens of each.
CREATE TABLE chunk_prompts (
    id INTEGER PRIMARY KEY REFERENCES chunks (id),
    ordinals BLOB NOT NULL,
    token_counts BLOB NOT NULL,
    generation INTEGER NOT NULL,
    digest INTEGER NOT NULL
) STRICT;
