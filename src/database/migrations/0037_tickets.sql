-- A leaf is found by its hash alone: whoever holds a ticket asks for it at /log/proof. A hash index is smaller than a
-- B-tree of whole hashes, and is the same on a table of partitions as on one table.
CREATE INDEX entry_leaf_hash ON entry USING hash (leaf_hash);
