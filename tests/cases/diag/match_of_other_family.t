*filter
-A INPUT -s 1.2.3.4 -m frag --fragmore -j DROP
COMMIT
----
rules:2:24: error: the match 'frag' is for IPv6 only [unknown-match]
  -A INPUT -s 1.2.3.4 -m frag --fragmore -j DROP
                         ^~~~
