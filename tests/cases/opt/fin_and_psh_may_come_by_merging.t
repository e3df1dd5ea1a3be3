% legacy
*filter
:INPUT ACCEPT [0:0]
-A INPUT -p tcp -m tcp --tcp-flags FIN,ACK ACK -j ACCEPT
-A INPUT -j DROP
COMMIT
----
#1 accept: 2 terms, mergeable whole
#1 accept, counted: 2 terms, not mergeable whole
