*filter
-A INPUT -i a-name-of-16-byte -j DROP
COMMIT
----
rules:2:13: error: an interface's name has at most 15 bytes [interface]
  -A INPUT -i a-name-of-16-byte -j DROP
              ^~~~~~~~~~~~~~~~~
