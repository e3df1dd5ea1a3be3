% reject=drop
*filter
:INPUT ACCEPT [0:0]
-A INPUT -s 10.0.0.1 -j REJECT
-A INPUT -s 10.0.0.2 -p tcp -j REJECT --reject-with tcp-reset
COMMIT
----
#1 drop: 1 terms
#2 drop: 2 terms
! pass
