-- Lines of the book, in the order in which they were written. `body` is the canonical form the digest is of.
CREATE TABLE entries (
    pos     INTEGER PRIMARY KEY AUTOINCREMENT,
    stream  TEXT    NOT NULL,
    seq     INTEGER NOT NULL,
    digest  BLOB    NOT NULL,
    at_ms   INTEGER NOT NULL,
    kind    TEXT    NOT NULL,
    body    TEXT    NOT NULL,
    UNIQUE (stream, seq)
);
CREATE INDEX entries_by_kind ON entries (kind, pos);

-- Blocks that were looked at. A reorg marks, and never deletes.
CREATE TABLE blocks (
    chain    TEXT    NOT NULL,
    hash     BLOB    NOT NULL,
    number   INTEGER NOT NULL,
    parent   BLOB    NOT NULL,
    time_s   INTEGER NOT NULL,
    orphaned INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (chain, hash)
);
CREATE INDEX blocks_by_height ON blocks (chain, orphaned, number);

-- What each block changed in the rules' memory, and now and then all of it.
CREATE TABLE memory (
    chain   TEXT    NOT NULL,
    hash    BLOB    NOT NULL,
    number  INTEGER NOT NULL,
    changes BLOB    NOT NULL,
    PRIMARY KEY (chain, hash)
);
CREATE TABLE snapshots (
    chain    TEXT    NOT NULL,
    hash     BLOB    NOT NULL,
    number   INTEGER NOT NULL,
    snapshot BLOB    NOT NULL,
    PRIMARY KEY (chain, hash)
);

-- How far each reconciler has read.
CREATE TABLE cursors (name TEXT PRIMARY KEY, position INTEGER NOT NULL);

-- Evidence by the digest of its bytes, and the blocks that refer to it.
CREATE TABLE evidence (digest BLOB PRIMARY KEY, bytes BLOB NOT NULL);
CREATE TABLE evidence_of_block (
    chain  TEXT NOT NULL,
    hash   BLOB NOT NULL,
    digest BLOB NOT NULL REFERENCES evidence (digest),
    PRIMARY KEY (chain, hash, digest)
);

CREATE TABLE seals (seq INTEGER PRIMARY KEY, digest BLOB NOT NULL, body TEXT NOT NULL);

-- Who may write. The fence goes up with every new writer; one with an old fence is refused.
CREATE TABLE leases (name TEXT PRIMARY KEY, holder TEXT NOT NULL, fence INTEGER NOT NULL, since_ms INTEGER NOT NULL);

-- The version of these tables, and the program that last changed it. One row.
CREATE TABLE meta (schema INTEGER NOT NULL, program TEXT NOT NULL);
INSERT INTO meta (schema, program) VALUES (1, '');
