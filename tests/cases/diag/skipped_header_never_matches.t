*filter
-A INPUT -s 2001:db8::1 -j DROP
-A INPUT -p ipv6-frag -j DROP
COMMIT
----
rules:3:10: warning: -p looks behind extension headers like ipv6-frag; use its match [never-matches]
  -A INPUT -p ipv6-frag -j DROP
           ^~~~~~~~~~~~
