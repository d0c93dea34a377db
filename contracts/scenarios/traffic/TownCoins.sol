// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";

/// A dollar in the manner of Tether: no return values, an allowance is set to zero before it is changed, one owner issues,
/// redeems and pauses.
contract TownTether is Ownable {
    string public constant name = "Tether of the town";
    string public constant symbol = "USDT";
    uint8 public constant decimals = 6;
    uint256 public totalSupply;
    bool public paused;
    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => uint256)) public allowance;

    event Transfer(address indexed from, address indexed to, uint256 value);
    event Approval(address indexed owner, address indexed spender, uint256 value);
    event Issue(uint256 amount);
    event Redeem(uint256 amount);
    event Pause();
    event Unpause();

    constructor() Ownable(msg.sender) {}

    function issue(uint256 amount) external onlyOwner {
        totalSupply += amount;
        balanceOf[owner()] += amount;
        emit Transfer(address(0), owner(), amount);
        emit Issue(amount);
    }

    function redeem(uint256 amount) external onlyOwner {
        balanceOf[owner()] -= amount;
        totalSupply -= amount;
        emit Transfer(owner(), address(0), amount);
        emit Redeem(amount);
    }

    function pause() external onlyOwner {
        paused = true;
        emit Pause();
    }

    function unpause() external onlyOwner {
        paused = false;
        emit Unpause();
    }

    function approve(address spender, uint256 value) external {
        require(value == 0 || allowance[msg.sender][spender] == 0, "zero first");
        allowance[msg.sender][spender] = value;
        emit Approval(msg.sender, spender, value);
    }

    function transfer(address to, uint256 value) external {
        move(msg.sender, to, value);
    }

    function transferFrom(address from, address to, uint256 value) external {
        if (allowance[from][msg.sender] != type(uint256).max) allowance[from][msg.sender] -= value;
        move(from, to, value);
    }

    function move(address from, address to, uint256 value) private {
        require(!paused, "paused");
        balanceOf[from] -= value;
        balanceOf[to] += value;
        emit Transfer(from, to, value);
    }
}

/// Keeps one in a hundred of every transfer for its treasury.
contract TownFeeToken is Ownable {
    string public constant name = "Reflections";
    string public constant symbol = "RFL";
    uint8 public constant decimals = 18;
    uint256 public immutable totalSupply;
    address public treasury;
    mapping(address => bool) public exempt;
    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => uint256)) public allowance;

    event Transfer(address indexed from, address indexed to, uint256 value);
    event Approval(address indexed owner, address indexed spender, uint256 value);

    constructor(uint256 supply, address treasury_) Ownable(msg.sender) {
        (totalSupply, treasury, exempt[msg.sender]) = (supply, treasury_, true);
        balanceOf[msg.sender] = supply;
        emit Transfer(address(0), msg.sender, supply);
    }

    function setExempt(address who, bool is_) external onlyOwner {
        exempt[who] = is_;
    }

    function approve(address spender, uint256 value) external returns (bool) {
        allowance[msg.sender][spender] = value;
        emit Approval(msg.sender, spender, value);
        return true;
    }

    function transfer(address to, uint256 value) external returns (bool) {
        move(msg.sender, to, value);
        return true;
    }

    function transferFrom(address from, address to, uint256 value) external returns (bool) {
        if (allowance[from][msg.sender] != type(uint256).max) allowance[from][msg.sender] -= value;
        move(from, to, value);
        return true;
    }

    function move(address from, address to, uint256 value) private {
        uint256 fee = exempt[from] || exempt[to] ? 0 : value / 100;
        balanceOf[from] -= value;
        balanceOf[to] += value - fee;
        emit Transfer(from, to, value - fee);
        if (fee > 0) {
            balanceOf[treasury] += fee;
            emit Transfer(from, treasury, fee);
        }
    }
}

/// Staked coins in the manner of stETH: balances are shares of a pool that an oracle tells the growth of once a day.
contract TownRebasing is Ownable {
    string public constant name = "Staked coin";
    string public constant symbol = "stC";
    uint8 public constant decimals = 18;
    uint256 public totalShares;
    uint256 public totalSupply;
    mapping(address => uint256) public shares;
    mapping(address => mapping(address => uint256)) public allowance;

    event Transfer(address indexed from, address indexed to, uint256 value);
    event TransferShares(address indexed from, address indexed to, uint256 sharesValue);
    event Approval(address indexed owner, address indexed spender, uint256 value);
    event Submitted(address indexed sender, uint256 amount);
    event TokenRebased(uint256 preTotal, uint256 postTotal);

    constructor() Ownable(msg.sender) {}

    function submit() external payable returns (uint256 given) {
        given = totalShares == 0 ? msg.value : msg.value * totalShares / totalSupply;
        totalShares += given;
        totalSupply += msg.value;
        shares[msg.sender] += given;
        emit Submitted(msg.sender, msg.value);
        emit Transfer(address(0), msg.sender, msg.value);
        emit TransferShares(address(0), msg.sender, given);
    }

    /// The rewards of the validators come in, in coins.
    function rebase() external payable onlyOwner {
        emit TokenRebased(totalSupply, totalSupply + msg.value);
        totalSupply += msg.value;
    }

    function redeem(uint256 value) external {
        uint256 part = value * totalShares / totalSupply;
        shares[msg.sender] -= part;
        totalShares -= part;
        totalSupply -= value;
        emit Transfer(msg.sender, address(0), value);
        (bool ok,) = msg.sender.call{value: value}("");
        require(ok, "not paid");
    }

    function balanceOf(address who) public view returns (uint256) {
        return totalShares == 0 ? 0 : shares[who] * totalSupply / totalShares;
    }

    function approve(address spender, uint256 value) external returns (bool) {
        allowance[msg.sender][spender] = value;
        emit Approval(msg.sender, spender, value);
        return true;
    }

    function transfer(address to, uint256 value) external returns (bool) {
        move(msg.sender, to, value);
        return true;
    }

    function transferFrom(address from, address to, uint256 value) external returns (bool) {
        if (allowance[from][msg.sender] != type(uint256).max) allowance[from][msg.sender] -= value;
        move(from, to, value);
        return true;
    }

    function move(address from, address to, uint256 value) private {
        uint256 part = value * totalShares / totalSupply;
        shares[from] -= part;
        shares[to] += part;
        emit Transfer(from, to, value);
        emit TransferShares(from, to, part);
    }
}
