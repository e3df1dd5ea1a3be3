*filter
-A INPUT -p icmp --icmp-type echo-requst -j DROP
COMMIT
----
rules:2:30: error: 'echo-requst' is no ICMP type: neither TYPE[/CODE] of 0-255 nor a name; did you mean 'echo-request'? [icmp-type]
  -A INPUT -p icmp --icmp-type echo-requst -j DROP
                               ^~~~~~~~~~~
