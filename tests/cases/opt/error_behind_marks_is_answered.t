% reject=answer
*mangle
:POSTROUTING ACCEPT [0:0]
:INPUT ACCEPT [0:0]
-A POSTROUTING -j TTL --ttl-inc 1
-A INPUT -j MARK --set-xmark 0x1/0xffffffff
COMMIT
*filter
:INPUT ACCEPT [0:0]
-A INPUT -p udp -j REJECT
COMMIT
----
answer: 1 terms
