*filter
-A INPUT -p tcp -m p0f --sig 4:64:0:*:*,*:mss,eel::0 -j DROP
COMMIT
----
rules:2:47: error: no option of TCP; they are eol+N, nop, mss, ws, sok, sack, ts and ?N [p0f-signature]
  -A INPUT -p tcp -m p0f --sig 4:64:0:*:*,*:mss,eel::0 -j DROP
                                                ^
