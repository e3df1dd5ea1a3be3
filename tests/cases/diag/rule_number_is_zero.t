*filter
-I INPUT 0 -j ACCEPT
COMMIT
----
rules:2:10: error: '0' is no place in chain INPUT: 1 to 1 are [rule-number]
  -I INPUT 0 -j ACCEPT
           ^
