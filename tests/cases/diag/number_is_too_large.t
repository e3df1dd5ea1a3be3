*filter
-A INPUT -m ttl --ttl-eq 256 -j DROP
COMMIT
----
rules:2:26: error: --ttl-eq takes a number of 0-255, not '256' [number]
  -A INPUT -m ttl --ttl-eq 256 -j DROP
                           ^~~
