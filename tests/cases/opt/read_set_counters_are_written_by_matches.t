*filter
:INPUT DROP [0:0]
-A INPUT -m set --match-set a src -j DROP
-A INPUT -m set --match-set b src --packets-gt 5 -j ACCEPT
COMMIT
----
#1 pass: 0 terms
#2 pass: 0 terms
