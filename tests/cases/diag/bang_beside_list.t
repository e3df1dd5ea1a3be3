*filter
-A INPUT ! -d 1.2.3.4 -s 1.2.3.4,1.2.3.5 -j DROP
COMMIT
----
rules:2:10: error: '!' and a list of addresses do not go together in a rule [negation]
  -A INPUT ! -d 1.2.3.4 -s 1.2.3.4,1.2.3.5 -j DROP
           ^~~~~~~~~~~~
