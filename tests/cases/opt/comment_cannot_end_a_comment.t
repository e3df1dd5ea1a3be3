% c
*filter
:INPUT ACCEPT [0:0]
-A INPUT -s 10.0.0.1 -m comment --comment "*/ x" -j DROP
COMMIT
----
tz_note(s, 1);
