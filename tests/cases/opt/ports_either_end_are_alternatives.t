% legacy c
*filter
:INPUT ACCEPT [0:0]
-A INPUT -p tcp -m multiport --ports 80,443 -j DROP
COMMIT
----
proto == 6 && ((sport == 80 || sport == 443) || (dport == 80 || dport == 443))
