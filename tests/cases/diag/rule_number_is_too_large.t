*filter
-A INPUT -j DROP
-I INPUT 3 -j ACCEPT
COMMIT
----
rules:3:10: error: '3' is no place in chain INPUT: 1 to 2 are [rule-number]
  -I INPUT 3 -j ACCEPT
           ^
