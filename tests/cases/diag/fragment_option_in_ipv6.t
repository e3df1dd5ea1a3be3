*filter
-A INPUT -s 2001:db8::1 -j DROP
-A INPUT -f -j DROP
COMMIT
----
rules:3:10: error: -f is for IPv4 only; ip6tables has -m frag [unknown-option]
  -A INPUT -f -j DROP
           ^~
