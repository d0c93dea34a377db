-- What was seen of a block, for a person who looks back; whether blocks before it were left out on purpose; and the
-- lines that were written with it.
ALTER TABLE blocks ADD COLUMN txs       INTEGER NOT NULL DEFAULT 0;
ALTER TABLE blocks ADD COLUMN gas       INTEGER NOT NULL DEFAULT 0;
ALTER TABLE blocks ADD COLUMN blind     INTEGER NOT NULL DEFAULT 0;
ALTER TABLE blocks ADD COLUMN gap       INTEGER NOT NULL DEFAULT 0;
ALTER TABLE blocks ADD COLUMN first_pos INTEGER;
ALTER TABLE blocks ADD COLUMN last_pos  INTEGER;

-- The first block of a chain follows none of ours, and neither does one after a gap.
UPDATE blocks SET gap = 1 WHERE orphaned = 0 AND NOT EXISTS (
    SELECT 1 FROM blocks AS before WHERE before.chain = blocks.chain AND before.hash = blocks.parent
);

CREATE INDEX memory_by_height    ON memory    (chain, number);
CREATE INDEX snapshots_by_height ON snapshots (chain, number);
CREATE INDEX entries_by_stream_and_kind ON entries (stream, kind, pos);

-- Which lines speak of which alert: what became of it is found without reading the whole book.
CREATE TABLE mentions (
    alert BLOB    NOT NULL,
    pos   INTEGER NOT NULL REFERENCES entries (pos),
    PRIMARY KEY (alert, pos)
);
INSERT INTO mentions (alert, pos)
SELECT unhex(json_extract(body, '$.payload.id')), pos FROM entries
WHERE kind IN (
    'alert.raised/1', 'alert.withdrawn/1', 'alert.suppressed/1', 'alert.marked/1',
    'case.alert-attached/1', 'case.alert-withdrawn/1'
);

-- The position of the last line that a seal covers. 0: the next seal names every stream.
ALTER TABLE seals ADD COLUMN pos INTEGER NOT NULL DEFAULT 0;
