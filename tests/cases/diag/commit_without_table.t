*filter
COMMIT
COMMIT
----
rules:3:1: error: the line belongs to no table: begin one with '*filter' and end it with 'COMMIT' [outside-table]
  COMMIT
  ^~~~~~
