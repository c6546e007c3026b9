-- A leaf is found by its hash alone: whoever holds a ticket asks for it at /log/proof. A hash index holds four bytes of the
-- hash for each entry, and is the same on a table of partitions as on one table.
CREATE INDEX entry_leaf_hash ON entry USING hash (leaf_hash);
