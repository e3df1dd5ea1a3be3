*filter
-A INPUT -dport 80 -j DROP
-A INPUT -q -j DROP
COMMIT
----
rules:2:12: error: host name 'port': write its address; a name may mean another one tomorrow [host-name]
  -A INPUT -dport 80 -j DROP
             ^~~~
rules:3:10: error: a rule has no option -q [unknown-option]
  -A INPUT -q -j DROP
           ^~
