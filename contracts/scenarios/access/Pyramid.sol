// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// Pays early participants with what later ones bring, and keeps a fee. It was renamed once; what had been its
/// constructor was not, and is a function that anybody may call.
contract Pyramid {
    struct Participant {
        address etherAddress;
        uint256 payout;
    }

    uint256 private balance;
    uint256 private collectedFees;
    uint256 private feePercent = 10;
    uint256 private pyramidMultiplier = 300;
    uint256 private payoutOrder;
    address private creator;
    Participant[] private participants;

    function DynamicPyramid() public {
        creator = msg.sender;
    }

    modifier onlyowner() {
        require(msg.sender == creator);
        _;
    }

    receive() external payable {
        uint256 fee = msg.value * feePercent / 100;
        collectedFees += fee;
        balance += msg.value - fee;
        participants.push(Participant(msg.sender, msg.value * pyramidMultiplier / 100));
        Participant memory next = participants[payoutOrder];
        if (balance > next.payout) {
            balance -= next.payout;
            payoutOrder++;
            (bool ok,) = next.etherAddress.call{value: next.payout}("");
            require(ok);
        }
    }

    function collectAllFees() external onlyowner {
        uint256 fees = collectedFees;
        require(fees > 0);
        collectedFees = 0;
        (bool ok,) = creator.call{value: fees}("");
        require(ok);
    }

    function changeOwner(address to) external onlyowner {
        creator = to;
    }

    function currentFees() external view returns (uint256) {
        return collectedFees;
    }
}
