% nat
*raw
:PREROUTING ACCEPT [0:0]
-A PREROUTING -d 10.0.0.1 -j DROP
COMMIT
----
#1 drop: 1 terms
! behind NAT
