*filter
-A INPUT -s 1.2.3.4/33 -j DROP
COMMIT
----
rules:2:21: error: '33' is neither a prefix length of 0-32 nor a mask [mask]
  -A INPUT -s 1.2.3.4/33 -j DROP
                      ^~
