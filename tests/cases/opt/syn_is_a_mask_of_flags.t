% legacy
*filter
:INPUT ACCEPT [0:0]
-A INPUT -p tcp -m tcp --syn -j DROP
COMMIT
====
*filter
:INPUT ACCEPT [0:0]
-A INPUT -p tcp -m tcp --tcp-flags SYN,RST,ACK,FIN SYN -j DROP
COMMIT
----

