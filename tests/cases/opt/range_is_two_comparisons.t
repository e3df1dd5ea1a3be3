% c
*filter
:INPUT ACCEPT [0:0]
-A INPUT -m iprange --src-range 10.0.0.3-10.0.0.9 -j DROP
COMMIT
----
(src >= 0xa000003 && src <= 0xa000009)
