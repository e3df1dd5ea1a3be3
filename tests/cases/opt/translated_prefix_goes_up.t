*mangle
:PREROUTING ACCEPT [0:0]
-A PREROUTING -d 2001:db8::/64 -j DNPT --src-pfx 2001:db8::/64 --dst-pfx fd00::/64
COMMIT
*filter
:INPUT DROP [0:0]
COMMIT
----
#1 pass: 1 terms
filter INPUT behind NAT
