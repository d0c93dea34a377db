-- A database of schema 1 as text: the tables as that version made them, and a small story in them.
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
CREATE TABLE cursors (name TEXT PRIMARY KEY, position INTEGER NOT NULL);
CREATE TABLE evidence (digest BLOB PRIMARY KEY, bytes BLOB NOT NULL);
CREATE TABLE evidence_of_block (
    chain  TEXT NOT NULL,
    hash   BLOB NOT NULL,
    digest BLOB NOT NULL REFERENCES evidence (digest),
    PRIMARY KEY (chain, hash, digest)
);
CREATE TABLE seals (seq INTEGER PRIMARY KEY, digest BLOB NOT NULL, body TEXT NOT NULL);
CREATE TABLE leases (name TEXT PRIMARY KEY, holder TEXT NOT NULL, fence INTEGER NOT NULL, since_ms INTEGER NOT NULL);
CREATE TABLE meta (schema INTEGER NOT NULL, program TEXT NOT NULL);
INSERT INTO meta (schema, program) VALUES (1, '0.0.1');

INSERT INTO entries (pos, stream, seq, digest, at_ms, kind, body) VALUES (1, 'chain/eip155:31337', 1, x'12c9e35602ca228ddc5bb9aac82d107faa03dac812fc0a86070138665b362493', 1800000001000, 'alert.raised/1', '{"ctx":{"now":"2027-01-15T08:00:01Z","who":{"machine":"test"},"why":"a test"},"kind":"alert.raised/1","payload":{"alert":{"block_time":1800000000,"confidence":90,"evidence":[],"family":"flow","fingerprint":"drained","kind":"logic/accounting","message":"drained","rule":{"hash":"0000000000000000000000000000000000000000000000000000000000000000","id":"drain"},"seen_at":{"chain":"eip155:31337","hash":"0x0000000000000000000000000000000000000000000000000000000000000001","number":1,"parent":"0x0000000000000000000000000000000000000000000000000000000000000000"},"severity":"high","subject":"eip155:31337:0x0101010101010101010101010101010101010101"},"id":"790380336d9d81a878e07345289af92cffdaf60dd3ccfdfb919d4af26ad63c1d"},"prev":"0000000000000000000000000000000000000000000000000000000000000000","seq":1,"stream":"chain/eip155:31337"}');
INSERT INTO entries (pos, stream, seq, digest, at_ms, kind, body) VALUES (2, 'chain/eip155:31337', 2, x'a187d216262b13d56ffb72eab8f5f7f3e6ced261f2599c4e101a9329ca677cb1', 1800000001000, 'evidence.kept/1', '{"ctx":{"now":"2027-01-15T08:00:01Z","who":{"machine":"store"},"why":"evidence of a block"},"kind":"evidence.kept/1","payload":{"block":{"chain":"eip155:31337","hash":"0x0000000000000000000000000000000000000000000000000000000000000001","number":1,"parent":"0x0000000000000000000000000000000000000000000000000000000000000000"},"evidence":["f58ff82e405e87d3f9a515d68053b7ea8fd816d9527971c1865cc733d8d1a7c1"]},"prev":"12c9e35602ca228ddc5bb9aac82d107faa03dac812fc0a86070138665b362493","seq":2,"stream":"chain/eip155:31337"}');
INSERT INTO entries (pos, stream, seq, digest, at_ms, kind, body) VALUES (3, 'case/bg-aaaaaaaaaaaa', 1, x'966ae8b5ddf77b3c68b7880c56172f6eddf497d99e879d1361c1b31b5a9ffb60', 1800000001000, 'case.opened/1', '{"ctx":{"now":"2027-01-15T08:00:01Z","who":{"machine":"test"},"why":"a test"},"kind":"case.opened/1","payload":{"block_time":1800000000,"drill":false,"kind":"logic/accounting","severity":"high","subject":"eip155:31337:0x0101010101010101010101010101010101010101","title":"something happened"},"prev":"0000000000000000000000000000000000000000000000000000000000000000","seq":1,"stream":"case/bg-aaaaaaaaaaaa"}');
INSERT INTO entries (pos, stream, seq, digest, at_ms, kind, body) VALUES (4, 'case/bg-aaaaaaaaaaaa', 2, x'ce4c0906af2118bbf20aa796de19e572c966a75e9da46eb2e175696c9b1563b2', 1800000001000, 'case.alert-attached/1', '{"ctx":{"now":"2027-01-15T08:00:01Z","who":{"machine":"test"},"why":"a test"},"kind":"case.alert-attached/1","payload":{"alert":{"block_time":1800000000,"confidence":90,"evidence":[],"family":"flow","fingerprint":"drained","kind":"logic/accounting","message":"drained","rule":{"hash":"0000000000000000000000000000000000000000000000000000000000000000","id":"drain"},"seen_at":{"chain":"eip155:31337","hash":"0x0000000000000000000000000000000000000000000000000000000000000001","number":1,"parent":"0x0000000000000000000000000000000000000000000000000000000000000000"},"severity":"high","subject":"eip155:31337:0x0101010101010101010101010101010101010101"},"because":"it opened the case","id":"790380336d9d81a878e07345289af92cffdaf60dd3ccfdfb919d4af26ad63c1d"},"prev":"966ae8b5ddf77b3c68b7880c56172f6eddf497d99e879d1361c1b31b5a9ffb60","seq":2,"stream":"case/bg-aaaaaaaaaaaa"}');
INSERT INTO entries (pos, stream, seq, digest, at_ms, kind, body) VALUES (5, 'org', 1, x'627aed14f2846bdaee21a93835d892be637f76f533c400a312f9aa5efd2ed9a4', 1800000005000, 'seal.key/1', '{"ctx":{"now":"2027-01-15T08:00:05Z","who":{"machine":"store"},"why":"the first seal"},"kind":"seal.key/1","payload":{"key":"ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c"},"prev":"0000000000000000000000000000000000000000000000000000000000000000","seq":1,"stream":"org"}');
INSERT INTO entries (pos, stream, seq, digest, at_ms, kind, body) VALUES (6, 'case/bg-aaaaaaaaaaaa', 3, x'f35bf81e59aa919c35eb89eeb65260fcbcaec7c3e57eac72461628d03ae2c842', 1800000001000, 'case.note/1', '{"ctx":{"now":"2027-01-15T08:00:01Z","who":{"machine":"test"},"why":"a test"},"kind":"case.note/1","payload":{"text":"one"},"prev":"ce4c0906af2118bbf20aa796de19e572c966a75e9da46eb2e175696c9b1563b2","seq":3,"stream":"case/bg-aaaaaaaaaaaa"}');
INSERT INTO entries (pos, stream, seq, digest, at_ms, kind, body) VALUES (7, 'org', 2, x'e92778e78726a7c5812381847be53e42bb4c9d6fad64591e29bd5296fbc7cef6', 1800000001000, 'case.note/1', '{"ctx":{"now":"2027-01-15T08:00:01Z","who":{"machine":"test"},"why":"a test"},"kind":"case.note/1","payload":{"text":"two"},"prev":"627aed14f2846bdaee21a93835d892be637f76f533c400a312f9aa5efd2ed9a4","seq":2,"stream":"org"}');
INSERT INTO entries (pos, stream, seq, digest, at_ms, kind, body) VALUES (8, 'case/bg-bbbbbbbbbbbb', 1, x'928638110f6c50289f162d788294151071743356e38a25408addc00dc0e655a2', 1800000001000, 'case.opened/1', '{"ctx":{"now":"2027-01-15T08:00:01Z","who":{"machine":"test"},"why":"a test"},"kind":"case.opened/1","payload":{"block_time":1800000000,"drill":false,"kind":"logic/accounting","severity":"high","subject":"eip155:31337:0x0101010101010101010101010101010101010101","title":"something happened"},"prev":"0000000000000000000000000000000000000000000000000000000000000000","seq":1,"stream":"case/bg-bbbbbbbbbbbb"}');
INSERT INTO blocks (chain, hash, number, parent, time_s, orphaned) VALUES ('eip155:31337', x'0000000000000000000000000000000000000000000000000000000000000001', 1, x'0000000000000000000000000000000000000000000000000000000000000000', 1800000001, 0);
INSERT INTO blocks (chain, hash, number, parent, time_s, orphaned) VALUES ('eip155:31337', x'0000000000000000000000000000000000000000000000000000000000000002', 2, x'0000000000000000000000000000000000000000000000000000000000000001', 1800000002, 0);
INSERT INTO memory (chain, hash, number, changes) VALUES ('eip155:31337', x'0000000000000000000000000000000000000000000000000000000000000001', 1, x'0000000000000001');
INSERT INTO memory (chain, hash, number, changes) VALUES ('eip155:31337', x'0000000000000000000000000000000000000000000000000000000000000002', 2, x'0000000000000002');
INSERT INTO cursors (name, position) VALUES ('triage', 1);
INSERT INTO evidence (digest, bytes) VALUES (x'f58ff82e405e87d3f9a515d68053b7ea8fd816d9527971c1865cc733d8d1a7c1', x'61207472616365');
INSERT INTO evidence_of_block (chain, hash, digest) VALUES ('eip155:31337', x'0000000000000000000000000000000000000000000000000000000000000001', x'f58ff82e405e87d3f9a515d68053b7ea8fd816d9527971c1865cc733d8d1a7c1');
INSERT INTO seals (seq, digest, body) VALUES (1, x'7ffb442981b1d0d0e7dd2839518399864a9b54107d1362c7f78e1fa23fbe31b1', '{"at":"2027-01-15T08:00:05Z","heads":[{"digest":"a187d216262b13d56ffb72eab8f5f7f3e6ced261f2599c4e101a9329ca677cb1","seq":2,"stream":"chain/eip155:31337"},{"digest":"ce4c0906af2118bbf20aa796de19e572c966a75e9da46eb2e175696c9b1563b2","seq":2,"stream":"case/bg-aaaaaaaaaaaa"},{"digest":"627aed14f2846bdaee21a93835d892be637f76f533c400a312f9aa5efd2ed9a4","seq":1,"stream":"org"}],"key":"ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c","prev":"0000000000000000000000000000000000000000000000000000000000000000","seq":1,"signature":"ec06f2ecff16aa8feba726835c11d558c618c014edf10fce5e95040f3243c8cc1da6dfc3cb06513fde1f88b12f3e66ff387731a8079acd34ec266e4979222b0d"}');
INSERT INTO seals (seq, digest, body) VALUES (2, x'046ef6b4379e472cc9cb60b8ba24fd64cf634e6e00dbd2f2054081bda9afdeb4', '{"at":"2027-01-15T08:01:05Z","heads":[{"digest":"f35bf81e59aa919c35eb89eeb65260fcbcaec7c3e57eac72461628d03ae2c842","seq":3,"stream":"case/bg-aaaaaaaaaaaa"},{"digest":"928638110f6c50289f162d788294151071743356e38a25408addc00dc0e655a2","seq":1,"stream":"case/bg-bbbbbbbbbbbb"},{"digest":"e92778e78726a7c5812381847be53e42bb4c9d6fad64591e29bd5296fbc7cef6","seq":2,"stream":"org"}],"key":"ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c","prev":"7ffb442981b1d0d0e7dd2839518399864a9b54107d1362c7f78e1fa23fbe31b1","seq":2,"signature":"84abff5b3f4d19dec7b991deeb02d6bc122ef408f16ed1369f046ee523fee74d1b07fd6dcf9df8ce0d7c60f7a4a2a25a954307524c54a7a877e4605fab0f0e0d"}');
INSERT INTO leases (name, holder, fence, since_ms) VALUES ('writer', 'process 7 on elsewhere since 2027-01-15T08:00:00Z', 1, 1800000000000);
