*filter
:a - [0:0]
:b - [0:0]
-A INPUT -j a
-A a -j b
-A b -g a
COMMIT
----
rules:6:9: error: chain b jumps back to a, which leads to it [chain-loop]
  -A b -g a
          ^
rules:5:9: note: a leads to b here
  -A a -j b
          ^
