*filter
-A INPUT -s 1.2.3.4 -j DROP !
COMMIT
----
rules:2:29: error: nothing follows the '!' [negation]
  -A INPUT -s 1.2.3.4 -j DROP !
                              ^
