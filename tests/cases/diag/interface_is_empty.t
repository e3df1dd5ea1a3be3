*filter
-A INPUT -i "" -j DROP
COMMIT
----
rules:2:13: error: an interface needs a name [interface]
  -A INPUT -i "" -j DROP
              ^~
