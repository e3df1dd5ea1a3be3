*filter
:a - [0:0]
-A a -j DROP
-X a
COMMIT
----
rules:4:4: error: chain a cannot be deleted: it has rules; -F a removes them [chain-not-empty]
  -X a
     ^
