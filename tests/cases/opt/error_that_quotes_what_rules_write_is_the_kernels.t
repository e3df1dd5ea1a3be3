% reject=answer
*mangle
:PREROUTING ACCEPT [0:0]
-A PREROUTING -j TTL --ttl-inc 1
COMMIT
*filter
:INPUT ACCEPT [0:0]
-A INPUT -p tcp -m tcp --dport 1 -j REJECT --reject-with tcp-reset
-A INPUT -p tcp -m tcp --dport 2 -j REJECT
COMMIT
----
answer: 2 terms whole (-p tcp -m tcp --dport 1 -j REJECT
pass: 2 terms
