*filter
-A INPUT -p icmp --icmp-type 256 -j DROP
COMMIT
----
rules:2:30: error: '256' is no ICMP type: neither TYPE[/CODE] of 0-255 nor a name [icmp-type]
  -A INPUT -p icmp --icmp-type 256 -j DROP
                               ^~~
