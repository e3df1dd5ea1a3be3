*filter
-A INPUT ! -j DROP
COMMIT
----
rules:2:10: error: --jump cannot be negated [negation]
  -A INPUT ! -j DROP
           ^~~~~~~~~
