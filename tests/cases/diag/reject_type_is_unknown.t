*filter
-A INPUT -j REJECT --reject-with icmp-port-unreachabel
COMMIT
----
rules:2:34: error: 'icmp-port-unreachabel' is no type of rejection; did you mean 'icmp-port-unreachable'? [reject-type]
  -A INPUT -j REJECT --reject-with icmp-port-unreachabel
                                   ^~~~~~~~~~~~~~~~~~~~~
