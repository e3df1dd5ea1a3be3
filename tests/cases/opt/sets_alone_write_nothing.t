*filter
:INPUT DROP [0:0]
-A INPUT -m set --match-set a src -j DROP
-A INPUT -m set --match-set b src -j ACCEPT
COMMIT
----
#2 accept: 0 terms
! pass
