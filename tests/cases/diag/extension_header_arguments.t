*raw
-A PREROUTING -m hbh --hbh-opts 1:4,x -s ::1 -j DROP
-A PREROUTING -m rt --rt-0-res -s ::1 -j DROP
-A PREROUTING -m ipv6header --header dst,proto -s ::1 -j DROP
-A PREROUTING -m srh --srh-tag 65536 -s ::1 -j DROP
-A PREROUTING -m addrtype --src-type LOCAL,BROADCAST -s ::1 -j DROP
COMMIT
----
rules:2:33: error: --hbh-opts takes up to 16 options TYPE[:LENGTH], not '1:4,x' [keyword]
  -A PREROUTING -m hbh --hbh-opts 1:4,x -s ::1 -j DROP
                                  ^~~~~
rules:3:21: error: --rt-0-res needs --rt-type 0 before it [missing-option]
  -A PREROUTING -m rt --rt-0-res -s ::1 -j DROP
                      ^~~~~~~~~~
rules:4:38: error: --header takes a list of hop, dst, route, frag, auth, esp, none and prot, not 'dst,proto' [keyword]
  -A PREROUTING -m ipv6header --header dst,proto -s ::1 -j DROP
                                       ^~~~~~~~~
rules:5:32: error: --srh-tag takes a number of 0-65535, not '65536' [number]
  -A PREROUTING -m srh --srh-tag 65536 -s ::1 -j DROP
                                 ^~~~~
rules:6:38: error: no IPv6 address is of type BROADCAST [keyword]
  -A PREROUTING -m addrtype --src-type LOCAL,BROADCAST -s ::1 -j DROP
                                       ^~~~~~~~~~~~~~~
