*filter
-A INPUT -i a/b -j DROP
COMMIT
----
rules:2:13: warning: no interface has a '/' or a blank in its name [interface-name]
  -A INPUT -i a/b -j DROP
              ^~~
