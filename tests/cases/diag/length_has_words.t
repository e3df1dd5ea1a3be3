*filter
-A INPUT -m length --length 1-5 -j DROP
COMMIT
----
rules:2:29: error: --length takes a number of 0-65535 or a range N:N, not '1-5' [number]
  -A INPUT -m length --length 1-5 -j DROP
                              ^~~
