*raw
:PREROUTING ACCEPT [0:0]
-A PREROUTING -s 10.0.0.1 -m state --state INVALID -j DROP
-A PREROUTING -s 10.0.0.2 -m state ! --state INVALID -j DROP
-A PREROUTING -j NOTRACK
-A PREROUTING -s 10.0.0.3 -m state --state UNTRACKED -j DROP
COMMIT
----
#1 drop: 1 terms
! #2
! #4 drop
! connection
