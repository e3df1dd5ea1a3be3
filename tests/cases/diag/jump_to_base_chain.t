*filter
-A FORWARD -j INPUT
COMMIT
----
rules:2:15: error: INPUT is a base chain: only the kernel jumps there [jump-to-base]
  -A FORWARD -j INPUT
                ^~~~~
