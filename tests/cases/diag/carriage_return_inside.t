*filter
A
-A INPUT -j ACCEPT
COMMIT
----
rules:2:1: error: a line begins with '*table', ':CHAIN', '-A CHAIN', 'COMMIT' or '#', or it is an iptables command [syntax]
  A
  ^
rules:3:9: error: carriage return inside a line; lines end with a newline [syntax]
  -A INPUT? -j ACCEPT
          ^
