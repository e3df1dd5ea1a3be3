% reject=answer
*filter
:INPUT ACCEPT [0:0]
-A INPUT -s 10.0.0.1 -j REJECT
-A INPUT -s 10.0.0.2 -p tcp -j REJECT --reject-with tcp-reset
COMMIT
----
#1 answer: 1 terms
#2 answer: 2 terms
! pass
