*filter
:a - [0:0]
:b - [0:0]
-A a -j b
-A b -j a
COMMIT
----
rules:5:9: warning: chain b jumps back to a, which leads to it; nothing leads there [unused-loop]
  -A b -j a
          ^
rules:4:9: note: a leads to b here
  -A a -j b
          ^
