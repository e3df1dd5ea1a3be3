*filter
-A INPUT ! ! -s 1.2.3.4 -j DROP
COMMIT
----
rules:2:12: error: two '!' in a row [negation]
  -A INPUT ! ! -s 1.2.3.4 -j DROP
             ^
