-A INPUT -j DROP
*filter
COMMIT
----
rules:1:1: error: the line belongs to no table: begin one with '*filter' and end it with 'COMMIT' [outside-table]
  -A INPUT -j DROP
  ^~~~~~~~~~~~~~~~
